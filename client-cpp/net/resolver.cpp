#include "net/resolver.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <mutex>
#include <thread>

#include <netdb.h>
#include <sys/eventfd.h>

#include "base/unique_fd.hpp"

namespace sesame::net {
namespace {

struct Answer {
  int failure = 0;
  std::vector<Address> addresses;
};

int family_hint(Family family) {
  switch (family) {
    case Family::V4: return AF_INET;
    case Family::V6: return AF_INET6;
    case Family::Any: break;
  }
  return AF_UNSPEC;
}

Answer ask(const HostPort& server, Family family, int extra_flags) {
  addrinfo hints{};
  hints.ai_family = family_hint(family);
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV | extra_flags;
  addrinfo* list = nullptr;
  Answer answer;
  answer.failure =
      ::getaddrinfo(server.host.c_str(), std::to_string(server.port).c_str(), &hints, &list);
  if (answer.failure != 0) return answer;
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, ::freeaddrinfo);
  for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
    Address address{{}, entry->ai_addrlen};
    std::memcpy(&address.storage, entry->ai_addr, entry->ai_addrlen);
    answer.addresses.push_back(address);
  }
  return answer;
}

/// getaddrinfo() cannot be interrupted, so it runs in a thread of its own. When nobody waits for it
/// any more it ends by itself, and frees what it shares with us.
struct Lookup {
  std::mutex mutex;
  Answer answer;
  UniqueFd done{::eventfd(0, EFD_CLOEXEC)};
};

Result<Answer> ask_aside(const HostPort& server, Family family, Clock::time_point deadline) {
  const auto lookup = std::make_shared<Lookup>();
  std::thread([lookup, server, family] {
    Answer answer = ask(server, family, AI_ADDRCONFIG);
    const std::lock_guard lock(lookup->mutex);
    lookup->answer = std::move(answer);
    ::eventfd_write(lookup->done.get(), 1);
  }).detach();

  pollfd done{lookup->done.get(), POLLIN, 0};
  const auto ready = wait_until({&done, 1}, deadline);
  if (!ready) return ready.error();
  if (*ready == 0) {
    return Error{ErrorCode::Timeout, "looking up " + server.host + " took too long"};
  }
  const std::lock_guard lock(lookup->mutex);
  return std::move(lookup->answer);
}

/// Turns v6 v6 v6 v4 into v6 v4 v6 v6: a family that does not work costs one try, not all.
void let_families_take_turns(std::vector<Address>& addresses) {
  if (addresses.empty()) return;
  const int first_family = addresses.front().family();
  const auto others =
      std::stable_partition(addresses.begin(), addresses.end(),
                            [&](const Address& a) { return a.family() == first_family; });
  if (others == addresses.end()) return;
  std::rotate(addresses.begin() + 1, others, others + 1);
}

}  // namespace

Result<std::vector<Address>> resolve(const HostPort& server, Family family,
                                     Clock::time_point deadline) {
  Answer answer = ask(server, family, AI_NUMERICHOST);  // never blocks
  if (answer.failure == EAI_NONAME) {
    auto looked_up = ask_aside(server, family, deadline);
    if (!looked_up) return looked_up.error();
    answer = *std::move(looked_up);
  }
  if (answer.failure == EAI_ADDRFAMILY) {  // no later try will change that
    return Error{ErrorCode::Malformed, server.host +
                                           " is not an address of the family that -4 or " +
                                           "-6 asks for; leave the option out"};
  }
  if (answer.failure != 0 || answer.addresses.empty()) {
    return Error{ErrorCode::Resolve, "cannot find an address for " + server.host + ": " +
                                         ::gai_strerror(answer.failure) +
                                         "; check the host name (and -4 or -6)"};
  }
  let_families_take_turns(answer.addresses);
  return std::move(answer.addresses);
}

}  // namespace sesame::net
