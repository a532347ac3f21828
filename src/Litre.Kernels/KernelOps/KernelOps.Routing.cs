using Litre.Torch;

namespace Litre.Kernels;

/// <content>Litre's own kernels for the routing of mixtures of experts; shapes as in routing.cu.</content>
public static partial class KernelOps
{
    private const int MaxExperts = 256;
    private const int MaxChosen = 16;
    private const int TileRows = 512;
    private const int TileWarps = 4;
    private const int ScanThreads = 1024;
    private const int FewSorted = 256;

    /// <summary>Whether there are kernels for these numbers of experts and chosen experts.</summary>
    public static bool HasRoutingKernels(int experts, int chosen) => experts <= MaxExperts && chosen <= MaxChosen && chosen <= experts;

    /// <summary>
    /// Softmax over the experts, the k most probable, renormalized: (T, E) gives the chosen experts (T, k) int64, most probable
    /// first and the smaller index first for equal ones, and their weights (T, k). CUDA, bf16.
    /// </summary>
    /// <param name="logits">(T, E)</param>
    /// <param name="chosen">k</param>
    /// <param name="pinned">(T, k) int64: experts to use instead, or null.</param>
    /// <param name="exact">Whether to return the unrounded weights too, (T, k) float32, for the backward.</param>
    public static (Tensor Experts, Tensor Weights, Tensor? Exact) Route(Tensor logits, int chosen, Tensor? pinned, bool exact)
    {
        if (logits.Rank != 2 || !HasRoutingKernels((int)logits.Size(1), chosen))
            throw Ops.Refuse("route"u8, $"no kernel chooses {chosen} experts of {logits}");
        OnlyBFloat16("route"u8, logits);
        var (tokens, experts) = (logits.Size(0), (int)logits.Size(1));
        RequireDense("route"u8, logits.DType, logits.Device, logits, logits.Sizes);
        RequireDense("route"u8, DType.Int64, logits.Device, pinned, [tokens, chosen]);
        var indices = Tensor.Empty([tokens, chosen], DType.Int64, logits.Device);
        var weights = Tensor.Empty([tokens, chosen], logits.DType, logits.Device);
        var unrounded = exact ? Tensor.Empty([tokens, chosen], DType.Float32, logits.Device) : null;
        if (!Starts(logits.Device, logits, pinned, indices, weights, unrounded))
            return (indices, weights, unrounded);
        var launch = new KernelLaunch(KernelSource.Routing, "route");
        launch.Push(logits, pinned, indices, weights, unrounded);
        launch.Push(tokens, experts, chosen);
        launch.Run(logits.Device, tokens, BlockThreads / WarpThreads, BlockThreads);
        return (indices, weights, unrounded);
    }

    /// <summary>The logits' gradient (T, E) bf16 through <see cref="Route"/>.</summary>
    /// <param name="dWeights">(T, k) float32, or (M, 1) of sorted rows.</param>
    /// <param name="exact">As in the forward.</param>
    /// <param name="chosen">(T, k) int64, as in the forward.</param>
    /// <param name="experts">E</param>
    /// <param name="inverse">(M) int64: the position of each choice's row, for sorted rows; null if the rows are in the order of
    /// tokens.</param>
    public static Tensor RouteBackward(Tensor dWeights, Tensor exact, Tensor chosen, int experts, Tensor? inverse = null)
    {
        if (chosen.Rank != 2 || !HasRoutingKernels(experts, (int)chosen.Size(1)))
            throw Ops.Refuse("route_backward"u8, $"no kernel supports {chosen} of {experts} experts");
        RequireDense("route_backward"u8, DType.Int64, chosen.Device, chosen, chosen.Sizes);
        RequireDense("route_backward"u8, DType.Float32, chosen.Device, dWeights, inverse is null ? chosen.Sizes : [chosen.Count, 1]);
        RequireDense("route_backward"u8, DType.Int64, chosen.Device, inverse, [chosen.Count]);
        RequireDense("route_backward"u8, DType.Float32, chosen.Device, exact, chosen.Sizes);
        var dLogits = Tensor.Empty([chosen.Size(0), experts], DType.BFloat16, chosen.Device);
        if (!Starts(chosen.Device, dWeights, inverse, exact, chosen, dLogits))
            return dLogits;
        var launch = new KernelLaunch(KernelSource.Routing, "route_backward");
        launch.Push(dWeights, inverse, exact, chosen, dLogits);
        launch.Push(chosen.Size(0), experts, chosen.Size(1));
        launch.Run(chosen.Device, chosen.Size(0), BlockThreads / WarpThreads, BlockThreads);
        return dLogits;
    }

    /// <summary>All M = T k rows sorted by expert, stably and the same in every run. CUDA.</summary>
    /// <param name="chosen">(T, k) int64</param>
    /// <param name="weights">(T, k) bf16</param>
    /// <param name="experts">E</param>
    /// <returns>
    /// The token of each sorted row (M) int64; the new position of each row (M) int64; its weight (M, 1); and the end of each expert's
    /// rows (E) int32.
    /// </returns>
    public static (Tensor Tokens, Tensor Inverse, Tensor Weights, Tensor Ends) SortByExpert(Tensor chosen, Tensor weights, int experts)
    {
        if (chosen.Rank != 2 || !HasRoutingKernels(experts, (int)chosen.Size(1)) || chosen.Count > int.MaxValue - TileRows)
            throw Ops.Refuse("sort_by_expert"u8, $"no kernel supports {chosen} of {experts} experts");
        var device = chosen.Device;
        OnlyBFloat16("sort_by_expert"u8, weights);
        RequireDense("sort_by_expert"u8, DType.Int64, device, chosen, chosen.Sizes);
        RequireDense("sort_by_expert"u8, weights.DType, device, weights, chosen.Sizes);
        var rows = (int)chosen.Count;
        var tokens = Tensor.Empty([rows], DType.Int64, device);
        var inverse = Tensor.Empty([rows], DType.Int64, device);
        var sorted = Tensor.Empty([rows, 1], weights.DType, device);
        var ends = Tensor.Empty([experts], DType.Int32, device);
        if (rows <= FewSorted)
        {
            if (!Starts(device, chosen, weights, tokens, inverse, sorted, ends))
                return (tokens, inverse, sorted, ends);
            var launch = new KernelLaunch(KernelSource.Routing, "sort_few");
            launch.Push(chosen, weights, tokens, inverse, sorted, ends);
            launch.Push(rows, chosen.Size(1), experts);
            launch.Run(device, 1, 1, FewSorted);
            return (tokens, inverse, sorted, ends);
        }
        var tiles = (rows + TileRows - 1) / TileRows;
        using var counts = Tensor.Empty([experts, tiles], DType.Int32, device);
        if (Starts(device, chosen, counts))
        {
            var launch = new KernelLaunch(KernelSource.Routing, "count_experts");
            launch.Push(chosen, counts);
            launch.Push(rows, experts, tiles, TileRows);
            launch.Run(device, tiles, TileWarps, TileWarps * WarpThreads);
        }
        if (Starts(device, counts, counts, ends))
        {
            var launch = new KernelLaunch(KernelSource.Routing, "scan_counts");
            launch.Push(counts, ends);
            launch.Push(experts, tiles);
            launch.Run(device, 1, 1, ScanThreads);
        }
        if (Starts(device, chosen, weights, counts, tokens, inverse, sorted))
        {
            var launch = new KernelLaunch(KernelSource.Routing, "place_rows");
            launch.Push(chosen, weights, counts, tokens, inverse, sorted);
            launch.Push(rows, chosen.Size(1), experts, tiles, TileRows);
            launch.Run(device, tiles, TileWarps, TileWarps * WarpThreads);
        }
        return (tokens, inverse, sorted, ends);
    }
}
