#include "config/profile.hpp"

#include <nlohmann/json.hpp>

#include "config/client_name.hpp"

namespace sesame::config {
namespace {

using Json = nlohmann::ordered_json;

constexpr int version = 1;

Error bad_profile(const std::string& why) {
  return {ErrorCode::Malformed,
          why + "; enroll again ('sesame enroll JOINLINE --replace'), or put the file back"};
}

Error bad_field(const char* name) {
  return bad_profile("'" + std::string(name) + "' is missing, or is not what it should be");
}

/// A text field, or nothing.
std::string text_of_field(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

Result<Profile> parse_profile(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return bad_profile("that is no JSON object");
  const auto made_for = json.find("version");
  if (made_for == json.end() || *made_for != version) {
    return bad_profile("'version' is not " + std::to_string(version));
  }

  auto server = HostPort::parse(text_of_field(json, "server"));
  if (!server) return bad_field("server");
  const auto pin = parse_base64url(text_of_field(json, "pin"));
  if (!pin) return bad_field("pin");
  const auto client_id = ClientId::parse(text_of_field(json, "client_id"));
  if (!client_id) return bad_field("client_id");
  auto client_name = text_of_field(json, "client_name");
  if (!check_client_name(client_name)) return bad_field("client_name");
  const auto receipt_key = parse_base64url(text_of_field(json, "receipt_key"));
  if (!receipt_key) return bad_field("receipt_key");
  return Profile{*std::move(server), *pin, *client_id, std::move(client_name), *receipt_key};
}

std::string format_profile(const Profile& profile) {
  const Json json{{"version", version},
                  {"server", profile.server.to_string()},
                  {"pin", base64url(profile.pin)},
                  {"client_id", profile.client_id.to_hex()},
                  {"client_name", profile.client_name},
                  {"receipt_key", base64url(profile.receipt_key)}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace sesame::config
