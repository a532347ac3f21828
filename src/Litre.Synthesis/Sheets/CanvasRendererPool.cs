namespace Litre.Synthesis.Sheets;

/// <summary>One thread's renderers, one for each size of sheet.</summary>
internal sealed class CanvasRendererPool : IDisposable
{
    private readonly Dictionary<(int Width, int Height), CanvasRenderer> _bySize = [];

    public CanvasRenderer Of(Canvas canvas)
    {
        if (!_bySize.TryGetValue((canvas.Width, canvas.Height), out var renderer))
            _bySize[(canvas.Width, canvas.Height)] = renderer = new CanvasRenderer(canvas.Width, canvas.Height);
        return renderer;
    }

    public void Dispose()
    {
        foreach (var renderer in _bySize.Values)
            renderer.Dispose();
    }
}
