namespace Litre.Kernels;

/// <summary>A kernel of Litre's own cannot be compiled, loaded or started. Plain operators can replace it.</summary>
public sealed class KernelException(string message) : Exception(message);
