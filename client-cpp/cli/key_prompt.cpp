#include "cli/key_prompt.hpp"

#include <string_view>

#include <unistd.h>

#include "base/secret.hpp"
#include "cli/read_line.hpp"
#include "cli/secret_prompt.hpp"
#include "config/file_io.hpp"

namespace sesame::cli {
namespace {

constexpr std::size_t longest_line = 1024;

Result<crypto::AesKey> key_of(const Result<SecretText>& text) {
  if (!text) return text.error();
  return crypto::AesKey::from_hex({text.value().data(), text.value().size()});
}

}  // namespace

Result<crypto::AesKey> read_key_file(const std::filesystem::path& path) {
  if (path == "-") return key_of(read_line(STDIN_FILENO, longest_line));
  return key_of(config::read_small_file(path, longest_line));
}

Result<crypto::AesKey> ask_for_key() {
  return key_of(ask_for_secret("AES key (32 hex digits): ", longest_line));
}

}  // namespace sesame::cli
