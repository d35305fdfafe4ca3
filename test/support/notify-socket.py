"""What a service says to its manager: binds a datagram socket, and prints each message on a line."""
import socket
import sys

with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
    manager.bind(sys.argv[1])
    print("bound", flush=True)
    while True:
        print(manager.recv(4096).decode().replace("\n", " "), flush=True)
