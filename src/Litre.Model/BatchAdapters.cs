using Litre.Model.Layers;

namespace Litre.Model;

/// <summary>The adapters that the rows of a batch are computed with.</summary>
/// <param name="Tokens">Of the text model's rows: tokens.</param>
/// <param name="Images">Of the vision tower's rows: patches.</param>
public sealed record BatchAdapters(AdapterSelection Tokens, AdapterSelection Images) : IDisposable
{
    public void Dispose()
    {
        Tokens.Dispose();
        Images.Dispose();
    }
}
