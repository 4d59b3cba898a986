"""The house itself: the tree, the toolchain, and the machine that the tests run on."""
