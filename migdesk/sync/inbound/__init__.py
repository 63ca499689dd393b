"""What has been received becomes applied changes, from the network, a room and a stick alike."""
