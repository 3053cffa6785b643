#include "common/config/program.h"

#include <unistd.h>
#include <algorithm>
#include <filesystem>
#include <fstream>

using namespace slicecast;
using namespace slicecast::config;

namespace {

const std::vector<Option> kOwn = {
    {.name = "axis_column", .type = Type::real, .default_value = -1.0, .unit = "px"},
    {.name = "filter",
     .type = Type::choice,
     .default_value = "ram-lak",
     .choices = {"ram-lak", "hann"}},
    {.name = "rings", .type = Type::boolean, .default_value = false},
};

class TomlFile {
 public:
  explicit TomlFile(const std::string& text)
      : path_(std::filesystem::temp_directory_path() /
              ("slicecast_config_" + std::to_string(getpid()) + ".toml")) {
    std::ofstream(path_) << text;
  }
  ~TomlFile() { std::filesystem::remove(path_); }
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

Result<ParsedProgram> parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "slicecast-projection");
  return parse_program(
      {.program = "slicecast-projection", .section = "projection", .doc = "", .version = ""}, kOwn,
      static_cast<int>(arguments.size()), arguments.data());
}

std::string refusal(std::vector<const char*> arguments) {
  const auto parsed = parse(std::move(arguments));
  return parsed ? "" : parsed.error().message;
}

}  // namespace

TEST_CASE("wrong arguments are refused in one line that says what to do") {
  CHECK(refusal({"--filtre", "hann"}) == "unknown argument '--filtre'; did you mean '--filter'?");
  CHECK(refusal({"--filtre=hann"}) == "unknown argument '--filtre'; did you mean '--filter'?");
  CHECK(refusal({"--quux"}) ==
        "unknown argument '--quux'; 'slicecast-projection --help' lists what there is");
  CHECK(refusal({"stray"}).starts_with("unknown argument 'stray'"));
  CHECK(refusal({"--axis-column", "left"}) == "--axis-column must be a number, not 'left'");
  CHECK(refusal({"--filter", "han"}) ==
        "--filter must be one of ram-lak, hann, not \"han\"; did you mean hann?");
  CHECK(refusal({"--filter"}).find("--filter") != std::string::npos);
  CHECK(refusal({"--filter"}).find('\n') == std::string::npos);
  CHECK(refusal({"--config", "/no/such/file.toml"}).find("no such file") != std::string::npos);
  CHECK(refusal({"--config", "/"}).find("is not a file") != std::string::npos);
}

TEST_CASE("an address that others reach is refused without keys or the explicit word") {
  for (const char* host : {"0.0.0.0", "::", "192.0.2.1", "beamline.example"}) {
    CHECK(refusal({"--bind", host, "--check"}).find("--allow-plain-public") != std::string::npos);
    CHECK(refusal({"--bind", host, "--allow-plain-public"}).empty());
    CHECK(refusal({"--bind", host, "--curve", "keys"}).empty());
  }
  for (const char* host : {"127.0.0.1", "127.0.0.2", "localhost", "::1"})
    CHECK(refusal({"--bind", host, "--check"}).empty());
  const TomlFile file("[projection]\nbind = \"0.0.0.0\"\n");
  CHECK(refusal({"--config", file.path().c_str(), "--check"}).find("`curve`") != std::string::npos);
}

TEST_CASE("a file that is not TOML is refused with its line") {
  const TomlFile file("[projection]\nfilter = \"hann\"\naxis_column = = 3\n");
  const std::string message = refusal({"--config", file.path().c_str()});
  CHECK(message.starts_with(file.path() + ":3: not TOML"));
  CHECK(message.find('\n') == std::string::npos);
}

TEST_CASE("an unknown key or section is refused with its line and a suggestion") {
  {
    const TomlFile file("[projection]\n\nfiltre = \"hann\"\n");
    CHECK(refusal({"--config", file.path().c_str()}) ==
          file.path() + ":3: unknown key 'filtre' in [projection]; did you mean 'filter'?");
  }
  {
    const TomlFile file("threads = 2\n[projektion]\nfilter = \"hann\"\n");
    CHECK(refusal({"--config", file.path().c_str()}) ==
          file.path() + ":2: unknown section [projektion]; did you mean 'projection'?");
  }
  {
    const TomlFile file("[plugin]\ncommand = \"true\"\n");
    CHECK(refusal({"--config", file.path().c_str()}).find("[plugin.NAME]") != std::string::npos);
  }
}

TEST_CASE("a value of the wrong type or outside its range is refused with its line") {
  for (const auto& [line, want] : std::vector<std::pair<std::string, std::string>>{
           {"axis_column = \"left\"", "axis_column must be a number, not \"left\""},
           {"filter = 3", "filter must be one of ram-lak, hann, not 3"},
           {"rings = 1", "rings must be true or false, not 1"},
           {"control_port = 70000", "control_port must be between 0 and 65535, not 70000"},
           {"axis_column = 1979-05-27", "axis_column in [projection] must be a text, a number"},
       }) {
    const TomlFile file("[projection]\n" + line + "\n");
    const std::string message = refusal({"--config", file.path().c_str()});
    CAPTURE(line);
    CHECK(message.starts_with(file.path() + ":2: " + want));
  }
}

TEST_CASE("the command line wins over the file and the file over the defaults") {
  const TomlFile file(
      "threads = 2\n[projection]\nfilter = \"hann\"\naxis_column = 10\n[slice]\nwhatever = 1\n"
      "[plugin.bubbles]\ncommand = \"x\"\n");
  const auto parsed = parse({"--axis-column", "-3.5", "--config", file.path().c_str()});
  REQUIRE(parsed);
  CHECK_FALSE(parsed->exit_code);
  CHECK(parsed->settings.real("axis_column") == -3.5);
  CHECK(parsed->settings.text("filter") == "hann");
  CHECK_FALSE(parsed->settings.boolean("rings"));
  CHECK(parsed->settings.is_default("rings"));
  CHECK_FALSE(parsed->settings.is_default("filter"));
}

TEST_CASE("switches are set, cleared and given a value") {
  CHECK(parse({"--rings"})->settings.boolean("rings"));
  CHECK_FALSE(parse({"--no-rings"})->settings.boolean("rings"));
  CHECK_FALSE(parse({"--rings=false"})->settings.boolean("rings"));
}

TEST_CASE("a check of the settings stops before anything starts") {
  const auto good = parse({"--check"});
  REQUIRE(good);
  CHECK(good->exit_code == 0);
  CHECK_FALSE(parse({"--check", "--filter", "nonsense"}));
}

TEST_CASE("a name or an address that can be none is refused before anything starts") {
  for (const char* host : {"", "127.0.0.1;x", "a b", "tcp://127.0.0.1"})
    CHECK(refusal({"--bind", host, "--check"}).find("is no address") != std::string::npos);
  for (const char* name : {"", "a b", "a/b", "a\nb"})
    CHECK(refusal({"--name", name, "--check"}).starts_with("name '"));
}

TEST_CASE("tables without end within each other are refused, not followed") {
  std::string deep = "a";
  for (int n = 0; n < 50000; ++n) deep += ".a";
  for (const std::string& text :
       {"[" + deep + "]\n", deep + " = 1\n", "a = {" + deep + " = 1}\n"}) {
    const TomlFile file("# comment\n" + text);
    const std::string path = file.path();
    CHECK(refusal({"--config", path.c_str()}).find(".toml:2: more tables") != std::string::npos);
  }
}

TEST_CASE("every service has its name and fixed ports by default") {
  const auto parsed = parse({});
  REQUIRE(parsed);
  CHECK(parsed->settings.text("name") == "projection");
  CHECK(parsed->settings.integer("control_port") == 47620);
  CHECK(parsed->settings.integer("metrics_port") == 47629);
  CHECK(Settings(common_options("hub")).integer("control_port") == 47600);
}

TEST_CASE("an option of the service takes the place of a common one of that name") {
  const std::vector<Option> own = {{.name = "name", .default_value = "detector", .doc = "mine"}};
  const auto all = with_common(own, "source");
  CHECK(std::ranges::count(all, "name", &Option::name) == 1);
  CHECK(Settings(all).text("name") == "detector");
}

TEST_CASE("keys of others are skipped only when that is asked for") {
  const TomlFile file("[plugin.bubbles]\ncommand = \"x\"\nthreshold = 0.5\n");
  const auto read = read_config(file.path(), service_sections());
  REQUIRE(read);
  CHECK(read->sections() == std::vector<std::string>{"plugin.bubbles"});
  const std::vector<Option> schema = {{.name = "command", .default_value = ""}};
  Settings settings(schema);
  CHECK_FALSE(read->apply("plugin.bubbles", settings));
  REQUIRE(read->apply_known("plugin.bubbles", settings));
  CHECK(settings.text("command") == "x");
}

TEST_CASE("positional arguments are required or optional as declared") {
  const CommandSpec spec{"slicecast up", "", {{"CONFIG", "file"}}};
  const char* const none[] = {"up"};
  const auto missing = parse_command(spec, kOwn, 1, none);
  REQUIRE_FALSE(missing);
  CHECK(missing.error().message == "CONFIG is missing; 'slicecast up --help' shows the usage");
  const char* const one[] = {"up", "a.toml", "--rings"};
  const auto given = parse_command(spec, kOwn, 3, one);
  REQUIRE(given);
  CHECK(given->arguments == std::vector<std::string>{"a.toml"});
  CHECK(given->settings.boolean("rings"));
  const char* const two[] = {"up", "a.toml", "b.toml"};
  CHECK_FALSE(parse_command(spec, kOwn, 3, two));
}

TEST_CASE("the state directory follows the option, then XDG, then the home directory") {
  Settings settings(common_options("slice"));
  ::setenv("XDG_STATE_HOME", "/xdg", 1);
  CHECK(state_directory(settings) == "/xdg/slicecast");
  ::unsetenv("XDG_STATE_HOME");
  ::setenv("HOME", "/home/somebody", 1);
  CHECK(state_directory(settings) == "/home/somebody/.local/state/slicecast");
  REQUIRE(settings.set_text("state_directory", "/here"));
  CHECK(state_directory(settings) == "/here");
}

TEST_CASE("the reference table has one row per option") {
  const std::string table = reference_table("projection", kOwn);
  CHECK(std::ranges::count(table, '\n') == 4 + static_cast<int>(kOwn.size()));
  CHECK(table.find("| `filter` | choice | `\"ram-lak\"` |  | `ram-lak`, `hann` |") !=
        std::string::npos);
}
