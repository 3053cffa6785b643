// slicecast-training-score: the figures of the model card.
#include <cstdio>
#include <fstream>
#include <sstream>

#include "common/config/program.h"
#include "plugins/segmentation/training/network_finder.h"

namespace {

using namespace slicecast;
using namespace slicecast::training;

Result<void> renew(const std::string& path, const std::string& table) {
  std::ifstream file(path);
  std::stringstream card;
  card << file.rdbuf();
  if (!file)
    return Error{Errc::not_found, path + " cannot be read; give --card an existing model card"};
  const auto renewed = with_table(card.str(), table);
  if (!renewed) return renewed.error();
  std::ofstream out(path);
  out << *renewed;
  out.close();
  if (!out) return Error{Errc::io, path + " cannot be written; is it yours, and is there room?"};
  return {};
}

Result<void> run(const std::string& model_path, const std::string& card_path) {
  const auto model = nn::Model::load(model_path);
  if (!model) return model.error();
  const auto network = finder_of(*model);
  if (!network) return network.error();
  const auto slices = held_out();
  if (!slices) return slices.error();
  const auto random = scores_of(slices->random, *network);
  if (!random) return random.error();
  const auto axis_aligned = scores_of(slices->axis_aligned, *network);
  if (!axis_aligned) return axis_aligned.error();
  const auto table = table_of(*random, *axis_aligned);
  std::fputs(table.c_str(), stdout);
  return card_path.empty() ? Result<void>() : renew(card_path, table);
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<config::Option> options{
      {.name = "card", .default_value = "", .doc = "Model card whose table of scores is renewed"}};
  const auto parsed = config::parse_command(
      {"slicecast-training-score",
       "Scores a network on slices of simulated scans that it was not trained on.",
       {{"MODEL", "ONNX file"}}},
      options, argc, argv);
  if (!parsed) {
    std::fprintf(stderr, "%s\n", parsed.error().message.c_str());
    return 2;
  }
  if (parsed->exit_code) return *parsed->exit_code;
  if (auto ok = run(parsed->arguments.front(), parsed->settings.text("card")); !ok) {
    std::fprintf(stderr, "%s\n", ok.error().message.c_str());
    return 1;
  }
  return 0;
}
