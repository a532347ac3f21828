#:package Microsoft.CodeAnalysis.CSharp@5.0.0
#:property ManagePackageVersionsCentrally=false
#:property NoWarn=$(NoWarn);CS1591

// Prints every string literal of two words or more, one per line: file, line number, text. {} marks what is filled in at run time.
// dotnet run build/texts.cs -- [FOLDER]...    (default: src)

using System.Text;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

string[] folders = args.Length > 0 ? args : ["src"];
var files = folders
    .SelectMany(folder => Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories))
    .Where(file => !file.Split('/').Any(part => part is "obj" or "bin"))
    .Order(StringComparer.Ordinal);
foreach (var file in files)
{
    var tree = CSharpSyntaxTree.ParseText(File.ReadAllText(file), new CSharpParseOptions(LanguageVersion.Preview));
    foreach (var node in tree.GetRoot().DescendantNodes().OfType<ExpressionSyntax>().Where(IsWholeText))
    {
        var text = Text(node).ReplaceLineEndings("\\n");
        if (Regex.IsMatch(text, @"\p{L}{2,}[,.;:)]* [\p{L}{(`]") && !node.Ancestors().Any(parent => parent is AttributeSyntax))
            Console.WriteLine($"{file}:{tree.GetLineSpan(node.Span).StartLinePosition.Line + 1}: {text}");
    }
}

// Literals joined with + are one text, which only the outermost expression contains.
static bool IsWholeText(ExpressionSyntax node) =>
    IsText(node) && !IsSum(node.Parent) && !(node.Parent is ParenthesizedExpressionSyntax inner && IsSum(inner.Parent));

static bool IsText(ExpressionSyntax node) =>
    node switch
    {
        LiteralExpressionSyntax literal => literal.IsKind(SyntaxKind.StringLiteralExpression),
        InterpolatedStringExpressionSyntax => true,
        BinaryExpressionSyntax sum when IsSum(sum) => IsText(sum.Left) || IsText(sum.Right),
        _ => false,
    };

static bool IsSum(SyntaxNode? node) => node.IsKind(SyntaxKind.AddExpression);

static string Text(ExpressionSyntax node) =>
    node switch
    {
        LiteralExpressionSyntax literal when IsText(literal) => literal.Token.ValueText,
        InterpolatedStringExpressionSyntax interpolated => interpolated
            .Contents.Aggregate(
                new StringBuilder(),
                (text, part) => text.Append(part is InterpolatedStringTextSyntax literal ? literal.TextToken.ValueText : "{}")
            )
            .ToString(),
        BinaryExpressionSyntax sum when IsSum(sum) => Text(sum.Left) + Text(sum.Right),
        ParenthesizedExpressionSyntax inner => Text(inner.Expression),
        _ => "{}",
    };
