#include "cli/receipt_export.hpp"

#include <algorithm>
#include <cstdio>

#include "base/display.hpp"
#include "config/staged_file.hpp"

namespace sesame::cli {
namespace fs = std::filesystem;
namespace {

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("/._-+:@%").find(c) != std::string_view::npos;
}

std::string in_hex(const std::string& text) {
  std::string word = "$'";
  for (const char c : text) {
    char digits[8];
    std::snprintf(digits, sizeof digits, "\\x%02x", static_cast<unsigned char>(c));
    word += is_plain(c) ? std::string(1, c) : digits;
  }
  return word + "'";
}

}  // namespace

std::string shell_word(const std::string& text) {
  if (!text.empty() && std::ranges::all_of(text, is_plain)) return text;
  std::string word = "'";
  for (const char c : text)
    word += c == '\'' ? "'\\''" : std::string(1, c);
  word += "'";
  // Backslashes aside, what would have to be escaped for a terminal cannot stand there as it is.
  std::string without_backslashes = text;
  std::erase(without_backslashes, '\\');
  return escaped(without_backslashes) == without_backslashes ? word : in_hex(text);
}

Result<std::string> export_receipt(const transfer::Receipt& receipt, const crypto::Ed25519Key& key,
                                   const std::string& name, const fs::path& folder) {
  std::error_code fault;
  fs::create_directories(folder, fault);
  if (fault) return Error{ErrorCode::Io, escaped(folder.native()) + ": " + fault.message()};
  const fs::path json = folder / (name + ".receipt.json");
  const fs::path signature = folder / (name + ".receipt.sig");
  const fs::path signers = folder / "allowed_signers";
  const std::string armored = crypto::armored_sshsig(receipt.signature);
  const std::string allowed = crypto::allowed_signers_line(key);
  for (const auto& [path, text] :
       {std::pair(&json, &receipt.text), {&signature, &armored}, {&signers, &allowed}}) {
    const auto written = config::write_atomically(*path, bytes_of(*text));
    if (!written) return written.error();
  }
  return "ssh-keygen -Y verify -f " + shell_word(signers.native()) +
         " -I sesame-receipt -n sesame-receipt -s " + shell_word(signature.native()) + " < " +
         shell_word(json.native());
}

}  // namespace sesame::cli
