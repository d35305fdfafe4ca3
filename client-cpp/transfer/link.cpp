#include "transfer/link.hpp"

namespace sesame::transfer {

Link::Link(LinkOptions options) : options_(std::move(options)) {
  if (options_.bytes_per_second) limit_.emplace(*options_.bytes_per_second, net::Clock::now());
}

Status Link::begin_request() {
  if (channel_ && channel_->is_closed_by_server()) {
    // A server that closes after its first answer closes after each: no more requests are sent
    // behind one another, where the second would be lost.
    if (channel_->answers() == 1) options_.connection_per_request = true;
    channel_.reset();
  }
  if (channel_ && !options_.connection_per_request) return {};

  channel_.reset();
  auto connection = net::connect(options_.server, options_.family, options_.timeout);
  if (!connection) return connection.error();
  channel_.emplace(*std::move(connection), options_.timeout, limit_ ? &*limit_ : nullptr);
  return {};
}

}  // namespace sesame::transfer
