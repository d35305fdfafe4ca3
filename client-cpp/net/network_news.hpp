#pragma once

#include "base/unique_fd.hpp"

namespace sesame::net {

/// Tells when the network of this machine changes: links, addresses and routes that come and go
/// (rtnetlink(7)). Where the kernel does not tell, there is never any news.
class NetworkNews {
 public:
  static NetworkNews listen();

  /// Readable when there is news; −1 where there never is.
  [[nodiscard]] int fd() const { return socket_.get(); }

  /// Whether there was any since the last call.
  bool take();

 private:
  UniqueFd socket_;
};

}  // namespace sesame::net
