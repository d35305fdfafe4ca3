#include "config/knock_profile.hpp"

#include <nlohmann/json.hpp>

namespace sesame::config {
namespace {

constexpr int knock_profile_version = 1;
constexpr int highest_port = 65535;

Error bad_knock_field(const char* name) {
  return {ErrorCode::Malformed,
          "'" + std::string(name) +
              "' is missing, or is not what it should be; 'sesame status' gets a new one from the "
              "server"};
}

/// A text field, or nothing.
std::string knock_text(const nlohmann::json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

Result<KnockProfile> parse_knock_profile(std::string_view text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return bad_knock_field("version");
  const auto made_for = json.find("version");
  if (made_for == json.end() || *made_for != knock_profile_version) {
    return bad_knock_field("version");
  }
  const auto pin = parse_base64url(knock_text(json, "pin"));
  if (!pin) return bad_knock_field("pin");
  const auto client_id = ClientId::parse(knock_text(json, "client_id"));
  if (!client_id) return bad_knock_field("client_id");
  const auto port = json.find("port");
  if (port == json.end() || !port->is_number_unsigned() || *port > highest_port) {
    return bad_knock_field("port");
  }
  const auto key = parse_base64url(knock_text(json, "key"));
  if (!key) return bad_knock_field("key");
  return KnockProfile{*pin, *client_id, port->get<std::uint16_t>(), *key};
}

std::string format_knock_profile(const KnockProfile& profile) {
  const nlohmann::ordered_json json{{"version", knock_profile_version},
                                    {"pin", base64url(profile.pin)},
                                    {"client_id", profile.client_id.to_hex()},
                                    {"port", profile.port},
                                    {"key", base64url(profile.key)}};
  return json.dump(2) + "\n";
}

}  // namespace sesame::config
