namespace Litre.Synthesis.Sheets;

/// <summary>One thread's renderers, one for each size of sheet.</summary>
internal sealed class SheetRenderers : IDisposable
{
    private readonly Dictionary<(int Width, int Height), SheetRenderer> _bySize = [];

    public SheetRenderer Of(Sheet sheet)
    {
        if (!_bySize.TryGetValue((sheet.Width, sheet.Height), out var renderer))
            _bySize[(sheet.Width, sheet.Height)] = renderer = new SheetRenderer(sheet.Width, sheet.Height);
        return renderer;
    }

    public void Dispose()
    {
        foreach (var renderer in _bySize.Values)
            renderer.Dispose();
    }
}
