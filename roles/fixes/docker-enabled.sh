keep_unit docker.service docker.socket
systemctl enable docker.service
