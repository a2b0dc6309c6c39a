"""What is computed: one module an output or a family of outputs."""
