#include "config/me_info.hpp"

#include <span>

#include "base/base64.hpp"
#include "base/display.hpp"
#include "config/client_name.hpp"
#include "config/file_io.hpp"
#include "config/lines.hpp"
#include "config/staged_file.hpp"

namespace sesame::config {
namespace {

constexpr std::size_t largest_me_info = std::size_t{64} << 10;

Error bad_me_info(std::string_view what) {
  return {ErrorCode::BadMeInfo, std::string(what)};
}

void append(SecretText& text, std::string_view piece) {
  text.insert(text.end(), piece.begin(), piece.end());
}

}  // namespace

Result<MeInfo> parse_me_info(std::string_view text) {
  const auto lines = lines_of(text);
  if (lines.size() < 3) {
    return bad_me_info(
        "line 1 must be the client name, line 2 its id, line 3 and on its private key");
  }
  if (const auto checked = check_client_name(lines[0]); !checked) {
    return bad_me_info("line 1: " + checked.error().message);
  }
  const auto id = ClientId::parse(lines[1]);
  if (!id) return bad_me_info("line 2: " + id.error().message);

  SecretText encoded;
  for (const auto line : std::span(lines).subspan(2))
    append(encoded, line);
  auto key = base64_decode({encoded.data(), encoded.size()});
  if (!key || key->empty()) return bad_me_info("line 3 and on: not a private key in base64");
  return MeInfo{std::string(lines[0]), *id, *std::move(key)};
}

SecretText format_me_info(const MeInfo& info) {
  const SecretText key = base64_encode(info.private_key);
  SecretText text;
  append(text, info.client_name + "\n" + info.client_id.to_hex() + "\n");
  append(text, {key.data(), key.size()});
  append(text, "\n");
  return text;
}

Result<MeInfo> load_me_info(const std::filesystem::path& path) {
  const auto text = read_small_file(path, largest_me_info);
  if (!text) return text.error();
  auto info = parse_me_info({text->data(), text->size()});
  if (!info) return bad_me_info(escaped(path.native()) + ": " + info.error().message);
  return info;
}

Status save_me_info(const std::filesystem::path& path, const MeInfo& info) {
  const SecretText text = format_me_info(info);
  return write_atomically(path, std::as_bytes(std::span(text)));
}

}  // namespace sesame::config
