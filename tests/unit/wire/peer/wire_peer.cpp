// A process that tests stop, continue and kill.
int main() {
  return 0;
}
