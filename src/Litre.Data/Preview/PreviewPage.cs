using System.Globalization;
using System.Net;
using System.Text;
using Litre.Core;
using Litre.Data.Chat;
using Litre.Data.Formats;
using Litre.Data.Imaging;
using Litre.Data.Packing;
using Litre.Data.Samples;
using Litre.Data.Tiles;
using Litre.Data.Tokenization;

namespace Litre.Data.Preview;

/// <summary>Builds the page's HTML. Everything from the data is escaped; the page cannot load or run anything.</summary>
internal sealed class PreviewPage(PreviewOptions options, string root)
{
    private readonly StringBuilder _html = new();

    public void Begin(DataSet data, int usable, int skipped, int shown)
    {
        var name = Path.GetFileName(root.TrimEnd('/'));
        _html.Append(
            $"""
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
            <title>{Escape(name)} · data preview</title>
            <style>{PreviewStyle.Css}</style></head><body>
            <header><div class="brand">Litre <span>data preview</span></div><h1>{Escape(name)}</h1>
            <dl class="facts">{Fact("samples", Number(usable))}{Fact("shown", Number(shown))}{Fact(
                "unusable rows",
                Number(skipped),
                skipped > 0 ? "bad" : ""
            )}{Fact("files", Number(data.Files.Count))}</dl>
            """
        );
        foreach (var notice in data.Notices)
            _html.Append($"<p class=\"notice\">{Rendered(notice)}</p>");
        _html.Append("<p class=\"legend\"><span class=\"key answer\">answer</span> carries loss");
        if (options.Encoder != null)
            _html.Append(", each shade one token");
        _html.Append(" · <span class=\"key box\">box</span> from <code>bbox_2d</code></p></header><main>");
    }

    /// <summary>Adds a row as it is used in training: as its tiles if each tile of a page is answered separately.</summary>
    public void Add(Sample sample)
    {
        try
        {
            if (
                options.Tiling is { Answers: TileAnswers.Tile }
                && TileSamples.ForTraining(sample, options.Tiling, options.Limits) is { } tiles
            )
            {
                foreach (var tile in tiles)
                    AddSample(tile);
                return;
            }
            AddSample(options.Tiling is null ? sample : TiledSample.Of(sample, options.Tiling, options.Limits));
        }
        catch (InputException)
        {
            AddSample(sample); // which reports what is wrong with its images
        }
    }

    private void AddSample(Sample sample)
    {
        var tokens = Encode(sample, out var trouble);
        _html.Append(
            $"<article><div class=\"head\"><b>{Escape(sample.Id)}</b><span "
                + $"class=\"where\">{Escape(Path.GetRelativePath(root, sample.Origin.File) + sample.Origin.Place)}</span>"
        );
        Chip(sample.Split);
        Chip(sample.QuestionType);
        if (tokens != null)
            _html.Append(
                $"<span class=\"count\">{Number(tokens.Length)} tokens · "
                    + (tokens.VisualTokens > 0 ? $"{Number(tokens.VisualTokens)} visual · " : "")
                    + $"{Number(tokens.AnswerTokens)} answer</span>"
            );
        _html.Append("</div>");
        if (trouble != null)
            _html.Append($"<p class=\"trouble\">{Rendered(trouble)}</p>");
        var boxes =
            sample.Images.Count == 1
                ? sample.Messages.Where(m => m.Role == Role.Assistant).SelectMany(m => BoundingBox.Find(m.Text)).ToList()
                : [];
        _html.Append(sample.Images.Count + sample.Videos.Count > 0 ? "<div class=\"body\">" : "<div class=\"body plain\">");
        if (sample.Images.Count + sample.Videos.Count > 0)
        {
            _html.Append($"<div class=\"images{(sample.Images.Count + sample.Videos.Count > 1 ? " many" : "")}\">");
            for (var i = 0; i < sample.Images.Count; i++)
            {
                var count = 1;
                while (
                    i + count < sample.Images.Count && sample.Images[i].View is { } view && sample.Images[i + count].View?.Page == view.Page
                )
                    count++;
                if (count > 1)
                    Tiles(sample, [.. sample.Images.Skip(i).Take(count)], i);
                else
                    Image(sample.Images[i], boxes, sample.Images.Count > 1 ? $"image {i + 1}" : null);
                i += count - 1;
            }
            foreach (var video in sample.Videos)
            {
                if (video.Frames.Count == 0)
                    _html.Append($"<p class=\"trouble plain\">video {Escape(Path.GetFileName(video.Name))}</p>");
                else
                    Image(video.Frames[0], [], $"video, {video.Frames.Count} frames");
            }
            _html.Append("</div>");
        }
        _html.Append("<div class=\"turns\">");
        var answers = tokens == null ? null : Answers(tokens);
        var answer = 0;
        foreach (var message in sample.Messages)
        {
            var role = message.Role.ToString().ToLowerInvariant();
            _html.Append($"<div class=\"turn {role}\"><div class=\"role\">{role}</div><div class=\"text\">");
            if (message.Role == Role.Assistant && message.CarriesLoss && answers != null && answer < answers.Count)
                _html.Append(answers[answer++]);
            else
                Parts(message);
            _html.Append("</div></div>");
        }
        if (sample.Choices.Count > 0 || sample.References.Count > 1)
            _html.Append(
                $"<div class=\"refs\">correct: {string.Join(" · ", sample.References.Select(r => $"<code>{Escape(r)}</code>"))}</div>"
            );
        _html.Append("</div></div></article>");
    }

    public void End(IReadOnlyList<UnusableRow> unusable, int skipped)
    {
        if (skipped > 0)
        {
            _html.Append(
                $"<section class=\"unusable\"><h2>Unusable rows "
                    + $"<span>{Number(skipped)}</span></h2><table><thead><tr><th>where</th><th>why</th><th>how to fix "
                    + $"it</th></tr></thead><tbody>"
            );
            foreach (var row in unusable)
                _html.Append(
                    $"<tr><td>{Escape(Path.GetRelativePath(root, row.Origin.File) + row.Origin.Place)}</td>"
                        + $"<td>{Rendered(row.Reason)}</td><td>{Rendered(row.Remedy)}</td></tr>"
                );
            _html.Append("</tbody></table>");
            if (skipped > unusable.Count)
                _html.Append($"<p class=\"legend\">and {Number(skipped - unusable.Count)} more; litre data check lists all</p>");
            _html.Append("</section>");
        }
        _html.Append("</main></body></html>\n");
    }

    public override string ToString() => _html.ToString();

    private string Rendered(string text) => Escape(options.Wording(text));

    private TokenizedSample? Encode(Sample sample, out string? problem)
    {
        problem = null;
        try
        {
            return options.Encoder?.Encode(sample);
        }
        catch (InputException e)
        {
            problem = e.Message;
            return null;
        }
    }

    // The tiles of a page, each with the visible parts of its boxes.
    private void Tiles(Sample sample, ImageSource[] tiles, int first)
    {
        try
        {
            var urls = Thumbnail.CreateParts(tiles, options.ImageSide / 2, options.Limits);
            var pages = sample.Images.Select(i => i.View?.Page ?? i).Distinct().Count();
            for (var i = 0; i < tiles.Length; i++)
            {
                var view = tiles[i].View!;
                var boxes =
                    pages > 1
                        ? []
                        : sample
                            .Messages.Where(m => m.Role == Role.Assistant)
                            .SelectMany(m => BoundingBox.Find(TileBoxes.ToTile(m.Text, view.Region, view.PageSize)))
                            .Where(b => b.Right > b.Left && b.Bottom > b.Top)
                            .ToList();
                Figure(urls[i], view.Region.Width, view.Region.Height, boxes, $"image {first + i + 1}, {view}");
            }
        }
        catch (InputException e)
        {
            _html.Append($"<p class=\"trouble\">{Rendered(e.Message)}</p>");
        }
    }

    private void Image(ImageSource source, IReadOnlyList<BoundingBox> boxes, string? caption)
    {
        try
        {
            var (url, width, height) = Thumbnail.Create(source, options.ImageSide, options.Limits);
            Figure(url, width, height, boxes, caption);
        }
        catch (InputException e)
        {
            _html.Append($"<p class=\"trouble\">{Rendered(e.Message)}</p>");
        }
    }

    private void Figure(string url, int width, int height, IReadOnlyList<BoundingBox> boxes, string? caption)
    {
        _html.Append($"<figure><div class=\"frame\"><img alt=\"\" src=\"{url}\">");
        if (boxes.Count > 0)
        {
            _html.Append("<svg viewBox=\"0 0 1000 1000\" preserveAspectRatio=\"none\">");
            foreach (var b in boxes)
                _html.Append(
                    CultureInfo.InvariantCulture,
                    $"<rect x=\"{b.Left}\" y=\"{b.Top}\" width=\"{Math.Max(b.Right - b.Left, 0)}\" "
                        + $"height=\"{Math.Max(b.Bottom - b.Top, 0)}\"/>"
                );
            _html.Append("</svg>");
            foreach (var b in boxes.Where(b => b.Label.Length > 0))
                _html.Append(
                    CultureInfo.InvariantCulture,
                    $"<span class=\"tag\" "
                        + $"style=\"left:{Math.Clamp(b.Left / 10, 0, 95)}%;top:{Math.Clamp(b.Top / 10, 0, 97)}%\">{Escape(b.Label)}</span>"
                );
        }
        _html.Append($"</div><figcaption>{(caption == null ? "" : Escape(caption) + " · ")}{width}×{height}</figcaption></figure>");
    }

    private void Parts(Message message)
    {
        var answer = message.Role == Role.Assistant && message.CarriesLoss;
        if (message.Thought is { } thought)
            _html.Append($"<span class=\"place\">thought</span> {Escape(thought)} ");
        foreach (var part in message.Parts)
        {
            if (part.Kind == ContentKind.Text)
                _html.Append(answer ? $"<span class=\"t0\">{Escape(part.Text)}</span>" : Escape(part.Text));
            else
                _html.Append($"<span class=\"place\">{(part.Kind == ContentKind.Image ? "image" : "video")} {part.Index + 1}</span> ");
        }
        if (message.ToolCalls.Count > 0)
            _html.Append(Escape($"\n{ToolCall.Append("", message.ToolCalls)}"));
        foreach (var tool in message.Tools)
            _html.Append($"<span class=\"place\">function</span> {Escape(tool)}\n");
    }

    // One string per answer: tokens with loss in alternating shades. Bytes of one
    // character may be spread over several tokens, which are shown together.
    private List<string> Answers(TokenizedSample tokens)
    {
        var tokenizer = options.Encoder!.Chat.Tokenizer;
        var answers = new List<string>();
        StringBuilder? current = null;
        StreamingDecoder? decoder = null;
        var (shade, ids) = (0, new List<int>());
        for (var i = 0; i < tokens.Length; i++)
        {
            if (tokens.Labels[i] < 0)
            {
                if (current != null)
                    answers.Add(current.ToString());
                (current, decoder, shade) = (null, null, 0);
                continue;
            }
            current ??= new StringBuilder();
            decoder ??= tokenizer.CreateDecoder(skipSpecial: false);
            ids.Add(tokens.InputIds[i]);
            var text = decoder.Push(tokens.InputIds[i]);
            if (text.Length == 0)
                continue;
            var style = tokenizer.IsSpecial(tokens.InputIds[i]) ? "special" : $"t{shade++ % 2}";
            current.Append($"<span class=\"{style}\" title=\"{string.Join(' ', ids)}\">{Escape(text)}</span>");
            ids.Clear();
        }
        if (current != null)
            answers.Add(current.ToString());
        return answers;
    }

    private void Chip(string? text)
    {
        if (text != null)
            _html.Append($"<span class=\"chip\">{Escape(text)}</span>");
    }

    private static string Fact(string name, string value, string style = "") =>
        $"<div class=\"{style}\"><dt>{name}</dt><dd>{value}</dd></div>";

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Escape(string text) => WebUtility.HtmlEncode(text);
}
