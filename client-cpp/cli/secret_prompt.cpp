#include "cli/secret_prompt.hpp"

#include <cstdio>

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include "base/unique_fd.hpp"
#include "cli/read_line.hpp"
#include "net/interrupt.hpp"

namespace sesame::cli {
namespace {

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

}  // namespace

Result<SecretText> ask_for_secret(const char* prompt, std::size_t most) {
  const UniqueFd terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
  if (!terminal.is_open()) return read_line(STDIN_FILENO, most);

  net::Interrupt::install();            // the echo must come back even then
  const Unseen unseen(terminal.get());  // before the prompt, which invites to type
  ::dprintf(terminal.get(), "%s", prompt);
  auto line = read_line(terminal.get(), most);
  ::dprintf(terminal.get(), "\n");
  return line;
}

}  // namespace sesame::cli
