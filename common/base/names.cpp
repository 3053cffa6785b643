#include "common/base/names.h"

#include <algorithm>
#include <string>

namespace slicecast {

Result<void> check_service_name(std::string_view name) {
  constexpr std::size_t kLongest = 64;
  const bool readable = std::ranges::none_of(name, [](unsigned char c) {
    return c <= ' ' || c == 127 || c == '/' || c == ':' || c == '*';
  });
  if (readable && !name.empty() && name.size() <= kLongest) return {};
  const std::string shown = printable(name.substr(0, kLongest));
  return Error{
      Errc::invalid_argument,
      "name '" + shown + "' must have 1 to 64 bytes and no blanks, '/', ':' and '*'; give another"};
}

std::string printable(std::string_view text, bool lines) {
  std::string shown(text);
  std::ranges::replace_if(
      shown, [lines](unsigned char c) { return (c < ' ' && !(lines && c == '\n')) || c == 127; },
      '?');
  return shown;
}

bool is_loopback(std::string_view host) {
  if (host == "localhost" || host == "::1" || host == "[::1]") return true;
  // Letters would make it a name, which may lead anywhere.
  return host.starts_with("127.") &&
         host.find_first_not_of("0123456789.") == std::string_view::npos;
}

}  // namespace slicecast
