#pragma once

#include <algorithm>
#include <array>
#include <span>

#include "base/bytes.hpp"

namespace sesame::transfer {

/// Bytes on their way out: frames, and perhaps ciphertext behind them. The first piece carries
/// both, so that a small file is one packet, not three.
class Outgoing {
 public:
  explicit Outgoing(ByteView frames, ByteView ciphertext = {}) : parts_{frames, ciphertext} {}

  [[nodiscard]] std::span<const ByteView> parts() const { return parts_; }
  [[nodiscard]] std::size_t size() const { return parts_[0].size() + parts_[1].size(); }
  [[nodiscard]] bool empty() const { return size() == 0; }

  /// The first `count` bytes alone.
  [[nodiscard]] Outgoing first(std::size_t count) const {
    const std::size_t of_frames = std::min(count, parts_[0].size());
    const std::size_t of_ciphertext = std::min(count - of_frames, parts_[1].size());
    return Outgoing(parts_[0].first(of_frames), parts_[1].first(of_ciphertext));
  }

  /// Forgets the first `count` bytes: they are gone.
  void advance(std::size_t count) {
    const std::size_t of_frames = std::min(count, parts_[0].size());
    parts_[0] = parts_[0].subspan(of_frames);
    parts_[1] = parts_[1].subspan(count - of_frames);
  }

 private:
  std::array<ByteView, 2> parts_;
};

}  // namespace sesame::transfer
