#include "transfer/link.hpp"

namespace sesame::transfer {

Link::Link(LinkOptions options) : options_(std::move(options)) {
  if (options_.bytes_per_second) limit_.emplace(*options_.bytes_per_second, net::Clock::now());
}

Status Link::begin_request() {
  const bool used_up = options_.connection_per_request || !channel_ || channel_->is_closed_by_server();
  if (!used_up) return {};
  channel_.reset();
  auto connection = net::connect(options_.server, options_.family, options_.timeout);
  if (!connection) return connection.error();
  channel_.emplace(*std::move(connection), options_.timeout, limit_ ? &*limit_ : nullptr);
  return {};
}

}  // namespace sesame::transfer
