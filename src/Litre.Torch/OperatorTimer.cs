using System.Text;

namespace Litre.Torch;

/// <summary>
/// One call of an operator that does not go through the dispatcher, as a profile sees it: started before the call, stopped
/// after it. Without a profile on this thread neither does anything.
/// </summary>
public readonly ref struct OperatorTimer
{
    private readonly OperatorProfile? _profile;
    private readonly long _began;

    private OperatorTimer(OperatorProfile profile) => (_profile, _began) = (profile, profile.Begin());

    public static OperatorTimer Start() => OperatorProfile.Current is { } profile ? new OperatorTimer(profile) : default;

    /// <param name="op">Its name in UTF-8.</param>
    /// <param name="result">What was written.</param>
    /// <param name="reads">What was read.</param>
    public void Stop(ReadOnlySpan<byte> op, Tensor result, params ReadOnlySpan<Tensor> reads) => Stop(op, 0, result, reads);

    /// <param name="op">Its name in UTF-8.</param>
    /// <param name="flops">Operations of products and attention.</param>
    /// <param name="result">What was written.</param>
    /// <param name="reads">What was read.</param>
    public void Stop(ReadOnlySpan<byte> op, double flops, Tensor result, params ReadOnlySpan<Tensor> reads) =>
        _profile?.End(_began, op, flops, Ops.Traffic(result, reads));

    /// <param name="op">Its name.</param>
    /// <param name="flops">Operations of products.</param>
    /// <param name="bytes">Read and written.</param>
    public void Stop(string op, double flops, double bytes) => _profile?.End(_began, Encoding.UTF8.GetBytes(op), flops, bytes);
}
