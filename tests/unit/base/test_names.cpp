#include "common/base/names.h"

#include <string>

using namespace slicecast;

TEST_CASE("names that would break tables, keys or addresses are refused") {
  for (const std::string& name :
       {std::string(), std::string("a b"), std::string("a\nb"), std::string("a/b"),
        std::string("a:1"), std::string("*"), std::string("\x1b[2J"), std::string("a\0b", 3),
        std::string(65, 'x')}) {
    const auto checked = check_service_name(name);
    CAPTURE(name);
    REQUIRE_FALSE(checked);
    CHECK(checked.error().message.find_first_of("\n\x1b") == std::string::npos);
    CHECK(checked.error().message.size() < 200);
  }
  CHECK(check_service_name("a/b").error().message.starts_with("name 'a/b'"));
  CHECK(check_service_name("slice-2.b_1"));
  CHECK(check_service_name("gr\xc3\xbcn"));
}

TEST_CASE("text of a peer cannot command the terminal") {
  CHECK(printable("a\x1b[2Jb\nc\x7f") == "a?[2Jb?c?");
  CHECK(printable("a\x1b\nb", true) == "a?\nb");
  CHECK(printable("gr\xc3\xbcn") == "gr\xc3\xbcn");
}

TEST_CASE("only this machine itself is loopback") {
  for (const char* host : {"127.0.0.1.example.org", "127.a", "0.0.0.0", "10.0.0.1", "", "::", "lo"})
    CHECK_FALSE(is_loopback(host));
  for (const char* host : {"127.0.0.1", "127.8.0.1", "localhost", "::1", "[::1]"})
    CHECK(is_loopback(host));
}
