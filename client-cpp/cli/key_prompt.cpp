#include "cli/key_prompt.hpp"

#include <cstdio>
#include <string_view>

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include "base/secret.hpp"
#include "base/unique_fd.hpp"
#include "cli/read_line.hpp"
#include "config/file_io.hpp"
#include "net/interrupt.hpp"

namespace sesame::cli {
namespace {

constexpr std::size_t longest_line = 1024;

/// Turns the echo of a terminal off as long as it lives.
class Unseen {
 public:
  explicit Unseen(int terminal) : terminal_(terminal) {
    changed_ = ::tcgetattr(terminal_, &before_) == 0;
    if (!changed_) return;
    termios without_echo = before_;
    without_echo.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(terminal_, TCSAFLUSH, &without_echo);
  }
  Unseen(const Unseen&) = delete;
  Unseen& operator=(const Unseen&) = delete;
  ~Unseen() {
    if (changed_) ::tcsetattr(terminal_, TCSAFLUSH, &before_);
  }

 private:
  int terminal_;
  termios before_{};
  bool changed_ = false;
};

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
  const UniqueFd terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
  if (!terminal.is_open()) return key_of(read_line(STDIN_FILENO, longest_line));

  net::Interrupt::install();            // the echo must come back even then
  const Unseen unseen(terminal.get());  // before the prompt, which invites to type
  ::dprintf(terminal.get(), "AES key (32 hex digits): ");
  auto key = key_of(read_line(terminal.get(), longest_line));
  ::dprintf(terminal.get(), "\n");
  return key;
}

}  // namespace sesame::cli
