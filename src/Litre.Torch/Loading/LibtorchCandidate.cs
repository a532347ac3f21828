namespace Litre.Torch.Loading;

/// <summary>A place that may hold libtorch, in the order of preference.</summary>
/// <param name="Source">Why the place is considered.</param>
/// <param name="Place">The folder; null where there is none to name.</param>
internal sealed record LibtorchCandidate(string Source, string? Place)
{
    /// <summary>True where only a CUDA build with a GPU will do: a CPU build is looked for later, elsewhere.</summary>
    public bool NeedsCuda { get; init; }

    /// <summary>True where the user named the place: it works, or it is an error.</summary>
    public bool IsOrder { get; init; }

    /// <summary>True where the CUDA part of a build is left alone: it was tried before, or no GPU is there.</summary>
    public bool OnCpu { get; init; }

    /// <summary>Why the place is passed over without a look; null otherwise.</summary>
    public string? Refusal { get; init; }
}
