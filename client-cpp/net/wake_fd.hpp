#pragma once

#include "base/unique_fd.hpp"

namespace sesame::net {

/// Lets one thread end the poll() of another.
class WakeFd {
 public:
  WakeFd();

  /// Readable from now on, until clear().
  void signal();
  void clear();

  [[nodiscard]] int fd() const { return event_.get(); }

 private:
  UniqueFd event_;
};

}  // namespace sesame::net
