#include "net/network_news.hpp"

#include <array>
#include <cerrno>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

namespace sesame::net {

NetworkNews NetworkNews::listen() {
  NetworkNews news;
  UniqueFd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups =
      RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_IFADDR | RTMGRP_IPV6_ROUTE;
  const auto* const where = reinterpret_cast<const sockaddr*>(&address);
  if (socket.is_open() && ::bind(socket.get(), where, sizeof address) == 0) {
    news.socket_ = std::move(socket);
  }
  return news;
}

bool NetworkNews::take() {
  bool any = false;
  std::array<char, 8192> message{};
  // What it says does not matter, and neither does what is cut off or was lost (ENOBUFS).
  while (socket_.is_open()) {
    if (::recv(socket_.get(), message.data(), message.size(), 0) < 0) {
      if (errno == EINTR) continue;
      return any || errno == ENOBUFS;
    }
    any = true;
  }
  return any;
}

}  // namespace sesame::net
