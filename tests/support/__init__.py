"""What several tests use: fakes of the surroundings, builders, the project as data. No tests here."""
