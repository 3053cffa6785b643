#include <array>
#include <cstdio>
#include <cstring>

#include "plugins/segmentation/model/commands.h"

namespace {

struct Command {
  const char* name;
  const char* doc;
  int (*run)(int, const char* const*);
};

constexpr std::array kCommands{
    Command{"convert", "an msd_pytorch checkpoint to ONNX", slicecast::model::run_convert},
    Command{"inspect", "what a network is made of", slicecast::model::run_inspect},
    Command{"check", "compares a network's answer with an expected one",
            slicecast::model::run_check},
    Command{"time", "how long a network takes for one image", slicecast::model::run_time},
};

void print_help() {
  std::puts("slicecast-model COMMAND ...: networks for segmentation and denoising\n");
  for (const Command& command : kCommands) std::printf("  %-8s %s\n", command.name, command.doc);
  std::puts("\n'slicecast-model COMMAND --help' lists the options.");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || std::strcmp(argv[1], "--help") == 0 || std::strcmp(argv[1], "-h") == 0) {
    print_help();
    return argc < 2 ? 2 : 0;
  }
  for (const Command& command : kCommands)
    if (std::strcmp(argv[1], command.name) == 0) return command.run(argc - 1, argv + 1);
  std::fprintf(stderr, "slicecast-model: no command '%s'; see slicecast-model --help\n", argv[1]);
  return 2;
}
