namespace Litre.Torch;

/// <summary>What an operator took in one part of a model, all its calls together.</summary>
/// <param name="Name">As libtorch calls it, without <c>aten::</c>.</param>
/// <param name="Part">Whom it worked for.</param>
/// <param name="Calls">How often it ran.</param>
/// <param name="Seconds">Time of all calls.</param>
/// <param name="Flops">Operations of products and attention; 0 for others.</param>
/// <param name="Bytes">Read and written; what is broadcast is read once.</param>
public sealed record OperatorTime(string Name, ModelPart Part, long Calls, double Seconds, double Flops, double Bytes)
{
    /// <summary>Operations a second, where it has any.</summary>
    public double? FlopsPerSecond => Flops > 0 && Seconds > 0 ? Flops / Seconds : null;

    public double? BytesPerSecond => Bytes > 0 && Seconds > 0 ? Bytes / Seconds : null;
}
