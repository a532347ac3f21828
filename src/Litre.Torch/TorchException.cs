namespace Litre.Torch;

/// <summary>libtorch refused a call that passed Litre's own checks: a fault of the program or of the device.</summary>
public sealed class TorchException(string message) : Exception(message);
