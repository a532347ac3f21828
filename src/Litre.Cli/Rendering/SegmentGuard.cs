using Litre.Core;
using Spectre.Console.Rendering;

namespace Litre.Cli.Rendering;

/// <summary>Removes control characters from the texts of tables and markup; the console's own sequences stay.</summary>
internal sealed class SegmentGuard : IRenderHook
{
    public IEnumerable<IRenderable> Process(RenderOptions options, IEnumerable<IRenderable> renderables) =>
        renderables.Select(r => new Guarded(r));

    private sealed class Guarded(IRenderable inner) : IRenderable
    {
        public Measurement Measure(RenderOptions options, int maxWidth) => inner.Measure(options, maxWidth);

        public IEnumerable<Segment> Render(RenderOptions options, int maxWidth) =>
            inner
                .Render(options, maxWidth)
                .Select(segment =>
                    segment.IsControlCode || !VisibleText.Steers(segment.Text)
                        ? segment
                        : new Segment(VisibleText.Of(segment.Text), segment.Style)
                );
    }
}
