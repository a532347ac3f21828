namespace Litre.Machine.Doctor;

/// <summary>Which way an operator takes on a device.</summary>
/// <param name="Name">In a few words.</param>
/// <param name="IsFallback">Whether a faster way exists that this device or type does not take.</param>
/// <param name="DeviceLacks">Whether it is the device that cannot go it.</param>
public sealed record OperatorPath(string Name, bool IsFallback = false, bool DeviceLacks = false)
{
    /// <summary>Of operators that have only one.</summary>
    public static OperatorPath Only { get; } = new("libtorch's kernel");
}
