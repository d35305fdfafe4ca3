#include "net/ip_address.hpp"

#include <algorithm>
#include <cstring>

#include <arpa/inet.h>
#include <netinet/in.h>

namespace sesame::net {
namespace {

constexpr std::size_t v4_offset = 12;

struct Network {
  const char* address;
  std::size_t bits;
};

constexpr Network private_networks[] = {
    {"10.0.0.0", 8},     {"172.16.0.0", 12}, {"192.168.0.0", 16}, {"100.64.0.0", 10},
    {"169.254.0.0", 16}, {"fc00::", 7},      {"fe80::", 10}};
constexpr Network loopback_networks[] = {{"127.0.0.0", 8}, {"::1", 128}};

bool is_in(const IpAddress& address, const Network& network) {
  const auto start = *IpAddress::parse(network.address);
  const std::size_t bits = network.bits + (start.is_v4() ? 8 * v4_offset : 0);
  for (std::size_t bit = 0; bit < bits; ++bit) {
    const auto mask = std::byte{0x80} >> (bit % 8);
    if ((address.bytes[bit / 8] & mask) != (start.bytes[bit / 8] & mask)) return false;
  }
  return true;
}

IpAddress mapped(const in_addr& v4) {
  IpAddress address;
  address.bytes[10] = address.bytes[11] = std::byte{0xFF};
  std::memcpy(address.bytes.data() + v4_offset, &v4, sizeof v4);
  return address;
}

std::uint16_t port_of(const Address& address) {
  const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&address.storage);
  const auto* v4 = reinterpret_cast<const sockaddr_in*>(&address.storage);
  return ntohs(address.family() == AF_INET6 ? v6->sin6_port : v4->sin_port);
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(const std::string& text) {
  in_addr v4{};
  if (::inet_pton(AF_INET, text.c_str(), &v4) == 1) return mapped(v4);
  IpAddress address;
  if (::inet_pton(AF_INET6, text.c_str(), address.bytes.data()) == 1) return address;
  return std::nullopt;
}

IpAddress IpAddress::of(const Address& address) {
  if (address.family() == AF_INET) {
    return mapped(reinterpret_cast<const sockaddr_in*>(&address.storage)->sin_addr);
  }
  IpAddress v6;
  const auto* where = reinterpret_cast<const sockaddr_in6*>(&address.storage);
  std::memcpy(v6.bytes.data(), &where->sin6_addr, v6.bytes.size());
  return v6;
}

std::string IpAddress::to_string() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const bool v4 = is_v4();
  ::inet_ntop(v4 ? AF_INET : AF_INET6, bytes.data() + (v4 ? v4_offset : 0), text.data(),
              text.size());
  return text.data();
}

bool IpAddress::is_v4() const {
  constexpr std::byte all{0xFF};
  return std::all_of(bytes.begin(), bytes.begin() + 10,
                     [](std::byte byte) { return byte == std::byte{0}; }) &&
         bytes[10] == all && bytes[11] == all;
}

bool IpAddress::is_unspecified() const {
  return *this == IpAddress{} || *this == mapped(in_addr{INADDR_ANY});
}

bool IpAddress::is_loopback() const {
  return std::ranges::any_of(loopback_networks, [&](const auto& net) { return is_in(*this, net); });
}

bool IpAddress::is_private() const {
  return std::ranges::any_of(private_networks, [&](const auto& net) { return is_in(*this, net); });
}

Address with_port(Address address, std::uint16_t port) {
  if (address.family() == AF_INET6) {
    reinterpret_cast<sockaddr_in6*>(&address.storage)->sin6_port = htons(port);
  } else {
    reinterpret_cast<sockaddr_in*>(&address.storage)->sin_port = htons(port);
  }
  return address;
}

std::string to_string(const Address& address) {
  return HostPort{IpAddress::of(address).to_string(), port_of(address)}.to_string();
}

}  // namespace sesame::net
