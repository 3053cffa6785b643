// slicecast-training-score: the figures of the model card and of docs/explanation/gel-network.md.
#include <cstdio>
#include <fstream>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include "common/config/program.h"
#include "plugins/segmentation/training/network_finder.h"

namespace {

using namespace slicecast;
using namespace slicecast::training;

Result<std::string> read(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  if (!file) return Error{Errc::not_found, path + " cannot be read; name existing files"};
  return text.str();
}

Result<void> renew(const std::string& path, const std::string& table) {
  const auto text = read(path);
  if (!text) return text.error();
  const auto renewed = with_table(*text, table);
  if (!renewed) return renewed.error();
  std::ofstream file(path);
  file << *renewed;
  file.close();
  if (!file) return Error{Errc::io, path + " cannot be written; is it yours, and is there room?"};
  return {};
}

Result<void> run(const config::Settings& settings, const std::string& model_path,
                 std::span<const std::string> texts) {
  // What cannot be renewed is said before the scores are computed.
  for (const auto& path : texts) {
    const auto text = read(path);
    if (!text) return text.error();
    if (const auto place = with_table(*text, ""); !place) return place.error();
  }
  const auto model = nn::Model::load(model_path);
  if (!model) return model.error();
  const auto network = finder_of(*model);
  if (!network) return network.error();
  const auto slices = held_out({static_cast<std::uint64_t>(settings.integer("first_seed")),
                                static_cast<int>(settings.integer("scans"))});
  if (!slices) return slices.error();
  const auto random = scores_of(slices->random, *network);
  if (!random) return random.error();
  const auto axis_aligned = scores_of(slices->axis_aligned, *network);
  if (!axis_aligned) return axis_aligned.error();
  const auto table = table_of(*random, *axis_aligned);
  std::fputs(table.c_str(), stdout);
  for (const auto& path : texts)
    if (auto ok = renew(path, table); !ok) return ok;
  return {};
}

std::vector<config::Option> options() {
  const HeldOutScans usual;
  return {{.name = "first_seed",
           .type = config::Type::integer,
           .default_value = static_cast<std::int64_t>(usual.first_seed),
           .doc = "Seed of the first scan; the next scans have the next seeds",
           .minimum = 0,
           .maximum = 1e15},
          {.name = "scans",
           .type = config::Type::integer,
           .default_value = std::int64_t{usual.count},
           .doc = "Simulated scans, two slices each way of each",
           .minimum = 1,
           .maximum = 1e6}};
}

}  // namespace

int main(int argc, char** argv) {
  const auto parsed = config::parse_command(
      {"slicecast-training-score",
       "Scores a network on slices of simulated scans that it was not trained on.",
       {{.name = "FILE",
         .doc = "The ONNX file; then texts whose table of scores is renewed",
         .repeated = true}}},
      options(), argc, argv);
  if (!parsed) {
    std::fprintf(stderr, "%s\n", parsed.error().message.c_str());
    return 2;
  }
  if (parsed->exit_code) return *parsed->exit_code;
  if (auto ok =
          run(parsed->settings, parsed->arguments.front(), std::span(parsed->arguments).subspan(1));
      !ok) {
    std::fprintf(stderr, "%s\n", ok.error().message.c_str());
    return 1;
  }
  return 0;
}
