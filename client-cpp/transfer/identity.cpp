#include "transfer/identity.hpp"

#include "base/display.hpp"
#include "config/file_io.hpp"
#include "config/me_info.hpp"

namespace sesame::transfer {
namespace fs = std::filesystem;
namespace {

Result<Identity> with_key(config::MeInfo info) {
  auto key = crypto::RsaKey::from_der(info.private_key);
  if (!key) return Error{ErrorCode::BadMeInfo, "line 3 and on: " + key.error().message};
  return Identity{std::move(info.client_name), info.client_id, *std::move(key)};
}

}  // namespace

Result<Identity> parse_identity(std::string_view me_info) {
  auto info = config::parse_me_info(me_info);
  if (!info) return info.error();
  return with_key(*std::move(info));
}

Result<std::optional<Identity>> IdentityStore::load(std::string_view client_name) const {
  auto info = config::load_me_info(path_);
  if (!info && info.error().code == ErrorCode::NotFound) return std::optional<Identity>();
  if (!info) return info.error();
  auto identity = with_key(*std::move(info));
  if (!identity) {
    return Error{identity.error().code, escaped(path_.native()) + ": " + identity.error().message};
  }
  if (identity->client_name != client_name) {
    return Error{ErrorCode::IdentityMismatch,
                 escaped(path_.native()) + " belongs to the client '" +
                     escaped(identity->client_name) + "', but transfer.info names '" +
                     escaped(client_name) +
                     "': move me.info away to register the new name, or correct line 2"};
  }
  return std::optional<Identity>(*std::move(identity));
}

Result<std::optional<fs::path>> IdentityStore::replace(const Identity& identity) const {
  std::optional<fs::path> kept;
  if (std::error_code ignored; fs::exists(path_, ignored)) {
    auto beside = config::keep_beside(path_);
    if (!beside) return beside.error();
    kept = *std::move(beside);
  }
  const config::MeInfo info{identity.client_name, identity.id, identity.key.private_der()};
  if (const auto saved = config::save_me_info(path_, info); !saved) return saved.error();
  return kept;
}

}  // namespace sesame::transfer
