#:package Microsoft.CodeAnalysis.CSharp@5.0.0
#:property ManagePackageVersionsCentrally=false
#:property NoWarn=$(NoWarn);CS1591

// Prints every text of the sources that a user may read, one a line: place, then the text with {} for what is filled in.
// dotnet run build/texts.cs [FOLDER under src]...

using System.Text;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

string[] folders = args.Length > 0 ? args : ["src"];
foreach (
    var file in folders
        .SelectMany(f => Directory.EnumerateFiles(f, "*.cs", SearchOption.AllDirectories))
        .Where(f => !f.Contains("/obj/") && !f.Contains("/bin/"))
        .Order(StringComparer.Ordinal)
)
{
    var tree = CSharpSyntaxTree.ParseText(File.ReadAllText(file), new CSharpParseOptions(LanguageVersion.Preview));
    foreach (var node in tree.GetRoot().DescendantNodes().OfType<ExpressionSyntax>().Where(IsWhole))
    {
        var text = Text(node).ReplaceLineEndings("\\n");
        if (Regex.IsMatch(text, "\\p{L}{2,}[,.;:)]* [\\p{L}{(`]") && !node.Ancestors().Any(a => a is AttributeSyntax))
            Console.WriteLine($"{file}:{tree.GetLineSpan(node.Span).StartLinePosition.Line + 1}: {text}");
    }
}

// The outermost of literals joined with +.
static bool IsWhole(ExpressionSyntax node) =>
    IsText(node) && node.Parent is not (BinaryExpressionSyntax { RawKind: (int)SyntaxKind.AddExpression } or ParenthesizedExpressionSyntax { Parent: BinaryExpressionSyntax });

static bool IsText(ExpressionSyntax node) =>
    node switch
    {
        LiteralExpressionSyntax literal => literal.IsKind(SyntaxKind.StringLiteralExpression),
        InterpolatedStringExpressionSyntax => true,
        BinaryExpressionSyntax { RawKind: (int)SyntaxKind.AddExpression } sum => sum.DescendantNodes().OfType<ExpressionSyntax>().Any(n => n is LiteralExpressionSyntax or InterpolatedStringExpressionSyntax && IsText(n)),
        _ => false,
    };

static string Text(ExpressionSyntax node) =>
    node switch
    {
        LiteralExpressionSyntax literal when literal.IsKind(SyntaxKind.StringLiteralExpression) => literal.Token.ValueText,
        InterpolatedStringExpressionSyntax interpolated => interpolated.Contents.Aggregate(
            new StringBuilder(),
            (all, part) => all.Append(part is InterpolatedStringTextSyntax t ? t.TextToken.ValueText : "{}")
        ).ToString(),
        BinaryExpressionSyntax { RawKind: (int)SyntaxKind.AddExpression } sum => Text(sum.Left) + Text(sum.Right),
        ParenthesizedExpressionSyntax inner => Text(inner.Expression),
        _ => "{}",
    };
