// slicecast keys DIRECTORY: the CURVE key pair of one machine or person.
#include <cstdio>

#include "common/config/program.h"
#include "common/service/service.h"
#include "common/wire/keys.h"
#include "services/cli/subcommands.h"

namespace slicecast::cli {

int run_keys(int argc, const char* const* argv) {
  constexpr const char* kKeysCommand = "slicecast keys";
  const config::CommandSpec spec{
      kKeysCommand,
      "Makes the key pair that the option `curve` asks for: secret.key, public.key and the folder "
      "allowed/ for the public keys of those who may connect. Overwrites nothing.",
      {{"DIRECTORY", "Folder to make, e.g. keys"}}};
  const auto parsed = config::parse_command(spec, {}, argc, argv);
  if (!parsed) return usage_error(kKeysCommand, parsed.error());
  if (parsed->exit_code) return *parsed->exit_code;
  const auto& directory = parsed->arguments.front();
  const auto public_key = wire::generate_keys(directory);
  if (!public_key) return service::fail(kKeysCommand, public_key.error());
  std::printf("public key %s\n", public_key->c_str());
  std::printf("give %s/public.key to the others as allowed/NAME.key; keep secret.key to yourself\n",
              directory.c_str());
  return 0;
}

}  // namespace slicecast::cli
