systemctl enable docker.service
