#pragma once

#include "protocol/v4/responses.hpp"

namespace sesame::transfer::v4 {

/// Keeps the knock key that a server gives to its client (docs/PROTOCOL.md 2.3).
class KnockKeeper {
 public:
  virtual ~KnockKeeper() = default;
  /// Whether the server is to be asked for it.
  [[nodiscard]] virtual bool wants_key() const = 0;
  /// The server is asked: not a second time in this run, for what comes of it must not hold up
  /// every connection.
  virtual void asked() = 0;
  virtual void keep(const protocol::v4::Welcome& welcome,
                    const protocol::v4::KnockKeyGiven& given) = 0;
  virtual void not_given(const Error& reason) = 0;
};

}  // namespace sesame::transfer::v4
