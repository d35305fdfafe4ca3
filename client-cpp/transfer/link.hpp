#pragma once

#include <cstdint>
#include <optional>

#include "base/host_port.hpp"
#include "net/connector.hpp"
#include "transfer/channel.hpp"
#include "transfer/token_bucket.hpp"

namespace sesame::transfer {

struct LinkOptions {
  HostPort server;
  net::Family family = net::Family::Any;
  net::Duration timeout = std::chrono::seconds(60);
  bool connection_per_request = false;
  std::optional<std::uint64_t> bytes_per_second;
};

/// The way to the server: one connection after another, as the server closes them or as a new one
/// is wanted for each request.
class Link {
 public:
  explicit Link(LinkOptions options);

  /// Sees to it that there is a connection that a request can go over. Fails as net::connect does.
  Status begin_request();

  /// The connection of the last begin_request().
  [[nodiscard]] Channel& channel() { return channel_.value(); }

  /// See Channel.
  [[nodiscard]] bool may_be_stale() const { return channel_ && channel_->may_be_stale(); }

  void drop() { channel_.reset(); }

  /// Because the user wants it, or because the server closes after each answer.
  [[nodiscard]] bool is_connection_per_request() const { return options_.connection_per_request; }

 private:
  LinkOptions options_;
  std::optional<TokenBucket> limit_;
  std::optional<Channel> channel_;
};

}  // namespace sesame::transfer
