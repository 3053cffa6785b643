#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "common/service/service.h"
#include "common/wire/socket.h"

namespace slicecast::service {
namespace {

bool is_everybody(const std::string& host) {
  return host == "0.0.0.0" || host == "*" || host == "::" || host == "[::]";
}

// An IPv6 address as it stands before a port.
std::string with_brackets(const std::string& host) {
  const bool bare_ipv6 = std::ranges::count(host, ':') > 1 && !host.starts_with('[');
  return bare_ipv6 ? "[" + host + "]" : host;
}

}  // namespace

Result<std::unique_ptr<wire::Context>> make_context(const config::Settings& settings) {
  wire::SecurityOptions security;
  security.curve_directory = settings.text("curve");
  security.allow_plain_public = settings.boolean("allow_plain_public");
  security.socks_proxy = settings.text("socks");
  return wire::Context::create(security);
}

std::vector<std::string> bind_addresses(const config::Settings& settings, const std::string& link,
                                        int port) {
  auto addresses = wire::default_addresses(settings.text("name"), link, port);
  const std::string& host = settings.text("bind");
  if (host == "127.0.0.1" || host == "localhost") return addresses;
  std::erase_if(addresses, [](const std::string& it) { return it.starts_with("tcp://"); });
  addresses.push_back("tcp://" + with_brackets(host) + ":" + std::to_string(port));
  return addresses;
}

Result<std::vector<std::string>> advertised(const config::Settings& settings,
                                            std::vector<std::string> addresses) {
  const std::string& given = settings.text("advertise");
  if (given.find_first_of("/ \t") != std::string::npos || std::ranges::count(given, ':') == 1)
    return Error{Errc::invalid_argument,
                 "advertise '" + given +
                     "' is no host name or address; give it alone, without tcp:// and port"};
  const std::string host = with_brackets(given);
  for (auto& address : addresses) {
    const auto colon = address.rfind(':');
    if (!address.starts_with("tcp://") || colon < 6) continue;
    const std::string bound = address.substr(6, colon - 6);
    if (!host.empty())
      address = "tcp://" + host + address.substr(colon);
    else if (is_everybody(bound))
      return Error{Errc::invalid_argument,
                   "bind " + bound +
                       " is no address that others can connect to; set `advertise` to "
                       "the host name or address they reach this machine by"};
  }
  std::ranges::stable_partition(addresses,
                                [](const std::string& it) { return it.starts_with("ipc://"); });
  return addresses;
}

int fail(const std::string& program, const Error& error) {
  std::fprintf(stderr, "%s: %s\n", program.c_str(), error.message.c_str());
  switch (error.code) {
    case Errc::invalid_argument:
    case Errc::not_found:
    case Errc::already_exists:
    case Errc::permission_denied:
    case Errc::malformed: return 2;
    default: return 1;
  }
}

}  // namespace slicecast::service
