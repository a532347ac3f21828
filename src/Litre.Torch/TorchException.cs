namespace Litre.Torch;

/// <summary>libtorch refused a call that Litre's own checks let through: a fault of the program or of the device.</summary>
public sealed class TorchException(string message) : Exception(message);
