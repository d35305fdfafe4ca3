#pragma once

#include <optional>
#include <string_view>

#include "base/bytes.hpp"
#include "base/secret.hpp"

namespace sesame {

/// RFC 4648 with padding, on one line. What is encoded here are keys, so the text is a secret too.
[[nodiscard]] SecretText base64_encode(ByteView bytes);

/// Strict but for white space, which may stand anywhere. Nothing, when it is not base64.
[[nodiscard]] std::optional<SecretBytes> base64_decode(std::string_view text);

}  // namespace sesame
