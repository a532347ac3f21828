using Litre.Kernels;
using Litre.Model.Layers;
using Litre.Torch;

namespace Litre.Model.Experts;

/// <summary>
/// Rows of the tokens at the places of their experts, each k times; the reverse of <see cref="TokenCombine"/>. On CUDA in bf16 a kernel
/// that reads a token's row once and writes it k times, elsewhere a gather.
/// </summary>
/// <remarks>T tokens, H hidden, k chosen per token, M = T k rows.</remarks>
public static class TokenSpread
{
    private const int Chosen = 3; // of the check

    /// <summary>The kernel, and whether a device supports it.</summary>
    public static FusedOperation Kernel { get; } = new("spreading to experts", Check);

    /// <param name="x">(T, H)</param>
    /// <param name="tokens">(M) int64: the token of each sorted row.</param>
    /// <param name="inverse">(M) int64: where each token's rows are.</param>
    /// <param name="chosen">k</param>
    /// <param name="kernels">The kernels that may be used.</param>
    /// <returns>(M, H), sorted by expert. Both ways give the same bits.</returns>
    public static Tensor Forward(Tensor x, Tensor tokens, Tensor inverse, int chosen, KernelPolicy kernels) =>
        Kernel.Supports(x, kernels) ? KernelOps.SpreadRows(x, inverse, chosen) : Ops.Rows(x, tokens);

    // A copy: it is right to the bit, or wrong.
    private static double Check(Device device)
    {
        const int Tokens = 19;
        var places = Enumerable.Range(0, Tokens * Chosen).Select(i => (long)i).ToArray();
        new Random(1).Shuffle(places);
        var tokens = new long[places.Length];
        for (var i = 0; i < places.Length; i++)
            tokens[places[i]] = i / Chosen;
        var x = KernelSample.Normal(device, 2, Tokens, 136);
        var found = KernelOps.SpreadRows(x, Tensor.From(places, device), Chosen);
        return KernelSample.AreEqual(found, Ops.Rows(x, Tensor.From(tokens, device))) ? 0 : double.PositiveInfinity;
    }
}
