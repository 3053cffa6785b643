#include "services/cli/subcommands.h"

int main(int argc, char** argv) {
  return slicecast::cli::run_slicecast(argc, argv);
}
